import { IsOptional } from 'class-validator';
import { Column, Entity, Index } from 'typeorm';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { Membership } from '../identity/membership.entity.js';
import { Rule } from '../rule.decorator.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { TenantRecord } from '../tenant.record.js';
import { Artifact } from './artifact.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/** A document as text, or data as an object or a list. */
export type ArtifactContent = string | Record<string, unknown> | readonly unknown[];

const LONGEST_TEXT = 50_000_000;

/** What an artifact held at one time. Never changed: the role of the tenants cannot. */
@Entity({ name: 'artifact_versions' })
@Index(['tenantId', 'artifactId', 'number'], { unique: true })
@Index(['tenantId', 'authorId'])
@Rule('the content is a text or data, and not both', '("text" IS NULL) <> ("data" IS NULL)')
@Rule(
  'data is an object or a list',
  `"data" IS NULL OR jsonb_typeof("data") IN ('object', 'array')`,
)
export class ArtifactVersion extends TenantRecord {
  @SoftDelete('ignore')
  @TenantManyToOne(() => Artifact, { nullable: false, onDelete: 'RESTRICT' })
  artifact!: Artifact;

  artifactId!: string;

  /** From 1, without gaps. */
  @CountColumn({ min: 1 })
  number!: number;

  /** Not selected unless asked for, like data: a list of versions would be heavy. */
  @TextColumn({ max: LONGEST_TEXT, nullable: true, hidden: true })
  text!: string | null;

  @IsOptional()
  @Column({ type: 'jsonb', nullable: true, select: false })
  data!: Record<string, unknown> | unknown[] | null;

  /** SHA-256 of the content, in hex; checked each time the content is read. */
  @TextColumn({ matches: /^[0-9a-f]{64}$/ })
  contentHash!: string;

  @TextColumn({ max: 2_000, nullable: true })
  note!: string | null;

  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: false, onDelete: 'RESTRICT' })
  author!: Membership;

  authorId!: string;
}
