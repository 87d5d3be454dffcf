import {
  Column,
  DeleteDateColumn,
  Entity,
  Index,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { type OpenedSource, openPlain } from '../opened-source.js';

const TAKES_ALONG = { cascade: ['soft-remove', 'recover'] as ('soft-remove' | 'recover')[] };

abstract class PlainRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @DeleteDateColumn({ type: 'timestamptz' })
  deletedAt!: Date | null;
}

/** Two levels of the firm, as TypeORM alone keeps them. */
@Entity('firms')
export class PlainFirm extends PlainRow {
  @Column('text')
  name!: string;

  @OneToMany<PlainSite>('PlainSite', 'firm', TAKES_ALONG)
  sites!: Relation<PlainSite>[];
}

@Entity('sites')
export class PlainSite extends PlainRow {
  @Index()
  @ManyToOne(() => PlainFirm, (firm) => firm.sites, { nullable: false })
  firm!: PlainFirm;

  @OneToMany<PlainTeam>('PlainTeam', 'site', TAKES_ALONG)
  teams!: Relation<PlainTeam>[];
}

@Entity('teams')
export class PlainTeam extends PlainRow {
  @Index()
  @ManyToOne(() => PlainSite, (site) => site.teams, { nullable: false })
  site!: PlainSite;
}

export function openPlainFirm(): Promise<OpenedSource> {
  return openPlain([PlainFirm, PlainSite, PlainTeam]);
}
