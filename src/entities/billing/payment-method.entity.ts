import { Entity, Index } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { FlagColumn } from '../columns/value.columns.js';
import { Rule } from '../rule.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';

export const PAYMENT_METHOD_KINDS = ['card', 'bank_account', 'wallet', 'other'] as const;
export type PaymentMethodKind = (typeof PAYMENT_METHOD_KINDS)[number];

/** How a tenant pays: what the payment provider calls it, and what a person recognizes it by. */
@Audited()
@Entity({ name: 'payment_methods' })
@UniqueActive('providerReference')
@Index('ix_payment_methods_tenant_id_default', ['tenantId'], {
  unique: true,
  where: '"is_default" AND "deleted_at" IS NULL',
})
@Rule('the last four digits, and never the whole number', `"last4" ~ '^[0-9]{4}$'`)
@Rule(
  'the name that the provider gave, and never the number of a card',
  `"provider_reference" !~ '^[0-9 -]{12,}$'`,
)
@Rule('a month from 1 to 12', '"expiry_month" <= 12')
export class PaymentMethod extends TenantEntity {
  @ChoiceColumn(PAYMENT_METHOD_KINDS)
  kind!: PaymentMethodKind;

  @TextColumn({ max: 200 })
  providerReference!: string;

  @TextColumn({ max: 50, nullable: true })
  brand!: string | null;

  @TextColumn({ min: 4, max: 4, nullable: true, matches: /^\d{4}$/ })
  last4!: string | null;

  @CountColumn({ nullable: true, min: 1, max: 12 })
  expiryMonth!: number | null;

  @CountColumn({ nullable: true, min: 2000, max: 9999 })
  expiryYear!: number | null;

  @FlagColumn(false)
  isDefault!: boolean;
}
