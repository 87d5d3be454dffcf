import { TenantEntity, TenantManyToOne } from 'nestjs-rowguard';
import { Column, Entity } from 'typeorm';

const BELOW = { nullable: false, onDelete: 'CASCADE' } as const;

/** Five levels, each of which goes with the one above. */
@Entity('firms')
export class Firm extends TenantEntity {
  @Column('text')
  name!: string;
}

@Entity('sites')
export class Site extends TenantEntity {
  @TenantManyToOne(() => Firm, BELOW)
  firm!: Firm;

  firmId!: string;
}

@Entity('teams')
export class Team extends TenantEntity {
  @TenantManyToOne(() => Site, BELOW)
  site!: Site;

  siteId!: string;
}

@Entity('desks')
export class Desk extends TenantEntity {
  @TenantManyToOne(() => Team, BELOW)
  team!: Team;

  teamId!: string;
}

@Entity('tasks')
export class Task extends TenantEntity {
  @TenantManyToOne(() => Desk, BELOW)
  desk!: Desk;

  deskId!: string;
}

export const FIRM = [Firm, Site, Team, Desk, Task];

/** From the top to the bottom, each with the column that names the one above. */
export const LEVELS = [
  ['firms', undefined],
  ['sites', 'firm_id'],
  ['teams', 'site_id'],
  ['desks', 'team_id'],
  ['tasks', 'desk_id'],
] as const;

/** SQL that gives each row of a level so many rows below. */
export function growth(tenantId: string, counts: readonly number[]): string[] {
  return LEVELS.slice(1).map(([table, reference], at) => {
    const [above] = LEVELS[at] ?? ['firms'];
    return `insert into ${table} (tenant_id, ${reference}) select '${tenantId}', above.id from ${above} as above, generate_series(1, ${counts[at] ?? 0})`;
  });
}
