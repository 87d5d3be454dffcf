import { Entity, Index } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { BytesColumn } from '../columns/bytes.column.js';
import { BigCountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { Result } from './result.entity.js';
import { Study } from './study.entity.js';

/** What a result rests on: a page as it was seen, a picture of it, an answer word for word. */
@Audited()
@Entity({ name: 'evidence' })
@Index(['tenantId', 'studyId', 'id'])
@Index(['tenantId', 'resultId', 'id'])
export class Evidence extends TenantEntity {
  @TenantManyToOne(() => Study, { nullable: false, onDelete: 'CASCADE' })
  study!: Study;

  studyId!: string;

  @TenantManyToOne(() => Result, { nullable: false, onDelete: 'CASCADE' })
  result!: Result;

  resultId!: string;

  /** Such as screenshot, html or response. */
  @TextColumn({ max: 100 })
  kind!: string;

  @TextColumn({ max: 200, default: 'application/octet-stream' })
  contentType!: string;

  /** SHA-256 of the content, in hexadecimal; computed where it is written, compared where it is read. */
  @TextColumn({ matches: /^[0-9a-f]{64}$/ })
  contentHash!: string;

  @BigCountColumn()
  sizeBytes!: number;

  /** Read by EvidenceRepository.read alone, which compares it with the hash. */
  @BytesColumn({ hidden: true })
  content!: Buffer;
}
