import type { Invoice, Label } from '../../shop.js';
import { CUSTOMERS, INVOICES, LABELS } from '../kinds.js';
import type { Operation } from '../operation.js';

/** The relation builder, and relations that are set by saving. */
export const RELATIONS: readonly Operation[] = [
  {
    name: 'relation loadMany and loadOne',
    run: async (a) => {
      const of = (kind: typeof INVOICES, property: string) =>
        a.source.createQueryBuilder().relation(kind.entity, property).of(a.own(kind).id);
      return [
        await of(INVOICES, 'labels').loadMany(),
        await of(CUSTOMERS, 'invoices').loadMany(),
        await of(INVOICES, 'customer').loadOne(),
        await of(LABELS, 'invoices').loadMany(),
      ];
    },
  },
  {
    name: 'relation add and remove, many to many',
    writes: true,
    run: async (a) => {
      const [invoice, label, other] = [a.own(INVOICES).id, a.own(LABELS).id, a.own(LABELS).id];
      const relation = () => a.builder(INVOICES).relation(INVOICES.entity, 'labels').of(invoice);
      await relation().remove(label);
      await relation().add([label]);
      await relation().addAndRemove([label], [label, other]);
      return relation().loadMany();
    },
  },
  {
    name: 'relation set, many to one',
    writes: true,
    run: async (a) => {
      const relation = a
        .builder(INVOICES)
        .relation(INVOICES.entity, 'customer')
        .of(a.own(INVOICES).id);
      await relation.set(a.random.chance(0.3) ? null : a.own(CUSTOMERS).id);
      return relation.loadOne();
    },
  },
  {
    name: 'relation add and remove, one to many',
    writes: true,
    run: async (a) => {
      const relation = () =>
        a.builder(CUSTOMERS).relation(CUSTOMERS.entity, 'invoices').of(a.own(CUSTOMERS).id);
      const { id } = a.own(INVOICES);
      await relation().add(id);
      await relation().remove(id);
      return relation().loadMany();
    },
  },
  {
    name: 'set a many to many by saving',
    writes: true,
    run: async (a) => {
      const invoice = await a.invoices.findOne({
        where: { id: a.own(INVOICES).id },
        relations: { labels: true },
      });
      if (!invoice) return [];
      invoice.labels = (await a.labels.find({ take: 3 })).filter(() => a.random.chance(0.6));
      return a.invoices.save(invoice);
    },
  },
  {
    name: 'set a many to many by bare ids',
    writes: true,
    run: (a) =>
      a.invoices.save({
        number: a.text(),
        labels: [{ id: a.own(LABELS).id } as Label],
        customer: { id: a.own(CUSTOMERS).id },
      } as never as Invoice),
  },
  {
    name: 'set a many to one by saving, and clear it',
    writes: true,
    run: async (a) => {
      const invoice = await a.invoices.findOneBy({ id: a.own(INVOICES).id });
      if (!invoice) return [];
      invoice.customer = await a.customers.findOneBy({ id: a.own(CUSTOMERS).id });
      await a.invoices.save(invoice);
      invoice.customer = null;
      return a.invoices.save(invoice);
    },
  },
];
