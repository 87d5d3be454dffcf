import { ArtifactCollectionItem } from './artifact-collection-item.entity.js';
import { ArtifactCollection } from './artifact-collection.entity.js';
import { ArtifactComment } from './artifact-comment.entity.js';
import { ArtifactRelationship } from './artifact-relationship.entity.js';
import { ArtifactVersion } from './artifact-version.entity.js';
import { Artifact } from './artifact.entity.js';

export const ARTIFACTS_ENTITIES: readonly Function[] = [
  Artifact,
  ArtifactVersion,
  ArtifactCollection,
  ArtifactCollectionItem,
  ArtifactComment,
  ArtifactRelationship,
];
