import { Checkpoint } from './checkpoint.entity.js';
import { Evidence } from './evidence.entity.js';
import { Job } from './job.entity.js';
import { Result } from './result.entity.js';
import { Study } from './study.entity.js';

export const STUDIES_ENTITIES: readonly Function[] = [Study, Job, Result, Evidence, Checkpoint];
