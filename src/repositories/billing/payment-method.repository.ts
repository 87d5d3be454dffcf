import { type DataSource, Not } from 'typeorm';
import { PaymentMethod } from '../../entities/billing/payment-method.entity.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedId } from '../checked-input.js';
import { DomainRepository, type NewRow } from '../domain.repository.js';

/** How a tenant pays; one of its methods is the default, at most. */
export class PaymentMethodRepository extends DomainRepository<PaymentMethod> {
  constructor(source: DataSource) {
    super(PaymentMethod, source);
  }

  /** Adds a method. As the default, it takes the place of the one before. */
  override create(method: NewRow<PaymentMethod>): Promise<PaymentMethod> {
    if (!method?.isDefault) return super.create(method);
    return this.transaction(async () => {
      await this.takeDefault();
      return super.create(method);
    });
  }

  findDefault(): Promise<PaymentMethod | null> {
    return this.findOne({ where: { isDefault: true } });
  }

  /** Makes this method the default, and the one before no longer. */
  async setDefault(id: string): Promise<PaymentMethod> {
    const chosen = checkedId('id', id);
    return this.transaction(async () => {
      const methods = await this.takeDefault(chosen);
      if (!methods.some((method) => method.id === chosen)) {
        throw notFound(this.metadata.name);
      }
      return this.update(chosen, { isDefault: true });
    });
  }

  /** Locks the methods first, so that two who choose a default at once do it one after the other. */
  private async takeDefault(except?: string): Promise<PaymentMethod[]> {
    const methods = await this.find({
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    if (methods.some((method) => method.isDefault && method.id !== except)) {
      await this.updateReturning(
        { isDefault: true, ...(except === undefined ? {} : { id: Not(except) }) },
        { isDefault: false },
      );
    }
    return methods;
  }
}
