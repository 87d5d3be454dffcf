import type { RepositoryClass } from '../domain.repository.js';
import { ArtifactRepository } from './artifact.repository.js';
import { CollectionRepository } from './collection.repository.js';
import { CommentRepository } from './comment.repository.js';
import { RelationshipRepository } from './relationship.repository.js';

export const ARTIFACTS_REPOSITORIES: readonly RepositoryClass[] = [
  ArtifactRepository,
  CollectionRepository,
  CommentRepository,
  RelationshipRepository,
];
