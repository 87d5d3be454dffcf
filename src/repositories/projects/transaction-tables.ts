import type { FindOptionsWhere, ObjectLiteral } from 'typeorm';
import type { Activity } from '../../entities/projects/activity.entity.js';
import type { Agent } from '../../entities/projects/agent.entity.js';
import type { Project } from '../../entities/projects/project.entity.js';
import type { CostRecord } from '../../entities/costs/cost-record.entity.js';
import { checkedObject } from '../../validation/checked-object.js';
import type { NewCost } from '../costs/cost-input.js';
import type { DomainRepository, NewRow, RowChanges } from '../domain.repository.js';

/** The rows of one kind, by verbs that each take one object. */
export interface TransactionTable<Entity, New = NewRow<Entity>> {
  create(input: { readonly data: New }): Promise<Entity>;
  createMany(input: { readonly data: readonly New[] }): Promise<{ readonly count: number }>;
  /** The row, or null. */
  findUnique(input: { readonly where: { readonly id: string } }): Promise<Entity | null>;
  findMany(input?: { readonly where?: FindOptionsWhere<Entity> }): Promise<Entity[]>;
}

export interface ChangingTable<Entity> extends TransactionTable<Entity> {
  update(input: {
    readonly where: { readonly id: string };
    readonly data: RowChanges<Entity>;
  }): Promise<Entity>;
  /** Softly, with what depends on the row. */
  delete(input: { readonly where: { readonly id: string } }): Promise<void>;
}

/** What DatabaseService.transaction hands to its work. */
export interface DatabaseTransaction {
  readonly project: ChangingTable<Project>;
  readonly agent: ChangingTable<Agent>;
  readonly activity: ChangingTable<Activity>;
  readonly cost: TransactionTable<CostRecord, NewCost>;
}

export function tableOf<Entity extends ObjectLiteral & { id: string }>(
  repository: DomainRepository<Entity>,
): ChangingTable<Entity> {
  return {
    create: async (input) => repository.create(given(input).data),
    createMany: async (input) => ({
      count: (await repository.insertMany(given(input).data)).length,
    }),
    findUnique: async (input) => repository.findById(idOf(input)),
    findMany: async (input = {}) => {
      const { where } = given(input);
      return repository.find(where ? { where } : {});
    },
    update: async (input) => repository.update(idOf(input), input.data),
    delete: async (input) => repository.delete(idOf(input)),
  };
}

function given<Input>(input: Input): Input & object {
  return checkedObject('input', input);
}

function idOf(input: { readonly where: { readonly id: string } }): string {
  return checkedObject('where', given(input).where).id;
}
