import type { MigrationInterface, QueryRunner } from 'typeorm';
import { triggerSearchPath } from './trigger-search-path.js';

const ISSUED = `USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'ck_invoices_issued_stays'`;

/** Whatever is told at the beginning: no number, and nothing to add up yet. */
const START_AS_DRAFT = `
BEGIN
  IF NEW.state <> 'draft' THEN
    RAISE EXCEPTION 'an invoice starts as a draft' ${ISSUED};
  END IF;
  NEW.subtotal := 0;
  NEW.tax := 0;
  NEW.total := 0;
  RETURN NEW;
END`;

/**
 * Each statement in here sees what was committed until it began, and the row is locked already: two
 * who issue at once get two numbers, and a number whose transaction is undone is given again. The
 * trigger of the lines brings the totals of a draft itself.
 */
const SETTLE = `
DECLARE
  lines integer;
BEGIN
  IF OLD.state <> 'draft' THEN
    IF NEW.state = 'draft' OR
      (NEW.number, NEW.currency, NEW.subtotal, NEW.tax, NEW.total, NEW.issued_at, NEW.subscription_id, NEW.deleted_at)
      IS DISTINCT FROM
      (OLD.number, OLD.currency, OLD.subtotal, OLD.tax, OLD.total, OLD.issued_at, OLD.subscription_id, OLD.deleted_at)
    THEN
      RAISE EXCEPTION 'an issued invoice stays as it is' ${ISSUED};
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.state = 'draft' AND pg_trigger_depth() > 1 THEN
    RETURN NEW;
  END IF;
  SELECT count(*), coalesce(sum(amount), 0), coalesce(sum(round(amount * tax_rate, 6)), 0)
    INTO lines, NEW.subtotal, NEW.tax
    FROM invoice_line_items
    WHERE tenant_id = OLD.tenant_id AND invoice_id = OLD.id AND deleted_at IS NULL;
  NEW.total := NEW.subtotal + NEW.tax;
  NEW.number := NULL;
  IF NEW.state <> 'draft' THEN
    IF lines = 0 THEN
      RAISE EXCEPTION 'an invoice without lines cannot be issued'
        USING ERRCODE = 'check_violation', TABLE = 'invoices', CONSTRAINT = 'ck_invoices_has_lines';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('rowguard:invoice_number'), hashtext(NEW.tenant_id::text));
    SELECT coalesce(max(number), 0) + 1 INTO NEW.number FROM invoices WHERE tenant_id = NEW.tenant_id;
    NEW.issued_at := coalesce(NEW.issued_at, now());
  END IF;
  RETURN NEW;
END`;

/** A deleted number would be a gap. System work may purge what need not be kept any longer. */
const KEEP_ISSUED = `
BEGIN
  IF OLD.state <> 'draft' AND NOT pg_has_role(current_user, 'rowguard_system', 'MEMBER') THEN
    RAISE EXCEPTION 'an issued invoice is not deleted, it is voided' ${ISSUED};
  END IF;
  RETURN OLD;
END`;

/**
 * Adds the difference to the totals of the draft. Its row is locked by that, so who changes a line
 * and who issues the invoice wait for each other; what is no draft is not found, and refused. Row by
 * row, because a table that is spread over several machines has no transition tables.
 */
const LOCK_LINES = `
DECLARE
  purges boolean := TG_OP = 'DELETE' AND pg_has_role(current_user, 'rowguard_system', 'MEMBER');
  changed record;
BEGIN
  FOR changed IN
    SELECT line.tenant_id, line.invoice_id,
      coalesce(sum(line.amount) FILTER (WHERE line.deleted_at IS NULL), 0) AS amount,
      coalesce(sum(line.tax) FILTER (WHERE line.deleted_at IS NULL), 0) AS tax
    FROM (VALUES
      (OLD.tenant_id, OLD.invoice_id, -OLD.amount, -round(OLD.amount * OLD.tax_rate, 6), OLD.deleted_at),
      (NEW.tenant_id, NEW.invoice_id, NEW.amount, round(NEW.amount * NEW.tax_rate, 6), NEW.deleted_at)
    ) AS line (tenant_id, invoice_id, amount, tax, deleted_at)
    WHERE line.invoice_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
  LOOP
    UPDATE invoices SET subtotal = subtotal + changed.amount, tax = tax + changed.tax,
      total = total + changed.amount + changed.tax, updated_at = now(), version = version + 1
      WHERE tenant_id = changed.tenant_id AND id = changed.invoice_id AND state = 'draft';
    IF NOT FOUND AND NOT purges THEN
      RAISE EXCEPTION 'the lines of an issued invoice stay as they are' ${ISSUED};
    END IF;
  END LOOP;
  RETURN NULL;
END`;

const FUNCTIONS = {
  start_invoice_as_draft: START_AS_DRAFT,
  settle_invoice: SETTLE,
  keep_issued_invoice: KEEP_ISSUED,
  lock_lines_of_issued_invoice: LOCK_LINES,
};

const TRIGGERS = [
  `CREATE TRIGGER trigger_start_invoice_as_draft BEFORE INSERT ON invoices FOR EACH ROW
    EXECUTE FUNCTION start_invoice_as_draft()`,
  `CREATE TRIGGER trigger_settle_invoice BEFORE UPDATE ON invoices FOR EACH ROW
    EXECUTE FUNCTION settle_invoice()`,
  `CREATE TRIGGER trigger_keep_issued_invoice BEFORE DELETE ON invoices FOR EACH ROW
    EXECUTE FUNCTION keep_issued_invoice()`,
  `CREATE TRIGGER trigger_lock_lines_of_issued_invoice
    AFTER INSERT OR UPDATE OR DELETE ON invoice_line_items FOR EACH ROW
    EXECUTE FUNCTION lock_lines_of_issued_invoice()`,
];

export class LockIssuedInvoices1767225601009 implements MigrationInterface {
  name = 'LockIssuedInvoices1767225601009';

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
      'DROP TRIGGER trigger_lock_lines_of_issued_invoice ON invoice_line_items',
      'DROP TRIGGER trigger_keep_issued_invoice ON invoices',
      'DROP TRIGGER trigger_settle_invoice ON invoices',
      'DROP TRIGGER trigger_start_invoice_as_draft ON invoices',
      ...Object.keys(FUNCTIONS).map((name) => `DROP FUNCTION ${name}()`),
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
