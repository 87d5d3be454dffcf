import type { DataSource, ObjectLiteral } from 'typeorm';
import { Activity } from '../../entities/projects/activity.entity.js';
import type { BulkOptions } from '../bulk-insert.js';
import { DomainRepository, type NewRow } from '../domain.repository.js';
import { sendOwn } from '../own-statement.js';
import { checkedCount } from '../../validation/page-limit.js';
import { entitiesFrom } from '../returned-rows.js';

/**
 * The latest of each project first, and of these the latest: a few rows from an index for each
 * project, where a join would sort all that ever happened.
 */
const RECENT = `SELECT latest.* FROM "projects" AS project
  CROSS JOIN LATERAL (
    SELECT * FROM "activities" AS activity
    WHERE activity."tenant_id" = $1 AND activity."project_id" = project."id"
      AND activity."deleted_at" IS NULL
    ORDER BY activity."timestamp" DESC, activity."id" DESC LIMIT $3
  ) AS latest
  WHERE project."tenant_id" = $1 AND project."user_id" = $2 AND project."deleted_at" IS NULL
  ORDER BY latest."timestamp" DESC, latest."id" DESC LIMIT $3`;

const MOST_RECENT = 1_000;

export class ActivityRepository extends DomainRepository<Activity> {
  constructor(source: DataSource) {
    super(Activity, source);
  }

  /** Any number of activities, all or none, in few statements. */
  bulkCreateActivities(
    activities: readonly NewRow<Activity>[],
    options?: BulkOptions,
  ): Promise<Activity[]> {
    return this.insertMany(activities, options);
  }

  /** The latest `count` activities on all projects of one person, the latest first. */
  async getRecentActivities(userId: string, count = 20): Promise<Activity[]> {
    const values = [userId, checkedCount('count', count, MOST_RECENT)];
    const rows = await sendOwn<ObjectLiteral>(this.manager, RECENT, values);
    return entitiesFrom<Activity>(this, rows);
  }

  /** What happened on a project, the latest first. */
  findByProjectId(projectId: string): Promise<Activity[]> {
    return this.find({ where: { projectId }, order: { timestamp: 'DESC', id: 'DESC' } });
  }
}
