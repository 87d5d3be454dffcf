import type { MigrationInterface, QueryRunner } from 'typeorm';
import { triggerSearchPath } from './trigger-search-path.js';

/** An organization that leaves takes its content off the page; nothing shows up somewhere else. */
const UNPUBLISH_CONTENT = `
BEGIN
  NEW.status := 'draft';
  NEW.published_at := NULL;
  RETURN NEW;
END`;

/** The link stays, so that whoever restores the organization finds its content again. */
const UNPUBLISH_ALL = `
BEGIN
  UPDATE content SET status = 'draft', published_at = NULL, updated_at = now(), version = version + 1
    WHERE tenant_id = NEW.tenant_id AND organization_id = NEW.id AND status = 'published';
  RETURN NULL;
END`;

/**
 * Before the row goes, because the references forbid it to go while something points at it. On the
 * page of its creator a slug may be taken; the id makes it another one.
 */
const CLEAR_LINKS = `
BEGIN
  UPDATE content c SET organization_id = NULL, updated_at = now(), version = version + 1,
    slug = CASE WHEN EXISTS (
      SELECT 1 FROM content other WHERE other.tenant_id = c.tenant_id AND other.creator_id = c.creator_id
        AND other.slug = c.slug AND other.organization_id IS NULL AND other.deleted_at IS NULL
    ) THEN c.slug || '-' || c.id ELSE c.slug END
    WHERE c.tenant_id = OLD.tenant_id AND c.organization_id = OLD.id;
  UPDATE media_items SET organization_id = NULL, updated_at = now(), version = version + 1
    WHERE tenant_id = OLD.tenant_id AND organization_id = OLD.id;
  RETURN OLD;
END`;

/** The lock lets who publishes and who deletes the organization wait for each other. */
const REFUSE_PUBLISHING = `
BEGIN
  PERFORM 1 FROM organizations
    WHERE tenant_id = NEW.tenant_id AND id = NEW.organization_id AND deleted_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'content of a deleted organization cannot be published'
      USING ERRCODE = 'check_violation', TABLE = 'content', CONSTRAINT = 'ck_content_published_by_living_organization';
  END IF;
  RETURN NEW;
END`;

const FUNCTIONS = {
  unpublish_content_on_org_delete: UNPUBLISH_CONTENT,
  unpublish_content_on_org_soft_delete: UNPUBLISH_ALL,
  clear_links_on_org_delete: CLEAR_LINKS,
  refuse_publishing_for_deleted_org: REFUSE_PUBLISHING,
};

const TRIGGERS = [
  `CREATE TRIGGER trigger_unpublish_on_org_delete BEFORE UPDATE ON content FOR EACH ROW
    WHEN (OLD.organization_id IS NOT NULL AND NEW.organization_id IS NULL)
    EXECUTE FUNCTION unpublish_content_on_org_delete()`,
  `CREATE TRIGGER trigger_unpublish_on_org_soft_delete AFTER UPDATE ON organizations FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION unpublish_content_on_org_soft_delete()`,
  `CREATE TRIGGER trigger_clear_links_on_org_delete BEFORE DELETE ON organizations FOR EACH ROW
    EXECUTE FUNCTION clear_links_on_org_delete()`,
  `CREATE TRIGGER trigger_refuse_publishing_for_deleted_org
    BEFORE INSERT OR UPDATE OF status, organization_id ON content FOR EACH ROW
    WHEN (NEW.status = 'published' AND NEW.organization_id IS NOT NULL)
    EXECUTE FUNCTION refuse_publishing_for_deleted_org()`,
];

export class UnpublishContentOfDeletedOrganizations1767225601010 implements MigrationInterface {
  name = 'UnpublishContentOfDeletedOrganizations1767225601010';

  async up(runner: QueryRunner): Promise<void> {
    const path = await triggerSearchPath(runner);
    for (const [name, body] of Object.entries(FUNCTIONS)) {
      await runner.query(
        `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SET search_path = ${path} AS $$${body}$$`,
      );
    }
    for (const trigger of TRIGGERS) await runner.query(trigger);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      'DROP TRIGGER trigger_refuse_publishing_for_deleted_org ON content',
      'DROP TRIGGER trigger_clear_links_on_org_delete ON organizations',
      'DROP TRIGGER trigger_unpublish_on_org_soft_delete ON organizations',
      'DROP TRIGGER trigger_unpublish_on_org_delete ON content',
      ...Object.keys(FUNCTIONS).map((name) => `DROP FUNCTION ${name}()`),
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
