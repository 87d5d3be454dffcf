import type { RepositoryClass } from '../domain.repository.js';
import { CheckpointRepository } from './checkpoint.repository.js';
import { EvidenceRepository } from './evidence.repository.js';
import { JobRepository } from './job.repository.js';
import { ResultRepository } from './result.repository.js';
import { StudyRepository } from './study.repository.js';

export const STUDIES_REPOSITORIES: readonly RepositoryClass[] = [
  StudyRepository,
  JobRepository,
  ResultRepository,
  EvidenceRepository,
  CheckpointRepository,
];
