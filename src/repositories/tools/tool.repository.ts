import type { DataSource, ObjectLiteral } from 'typeorm';
import { Tool, type ToolState } from '../../entities/tools/tool.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository } from '../domain.repository.js';
import { entitiesFrom } from '../returned-rows.js';
import { StateMachine } from '../state-machine.js';

/** What a tool is; its state and its permissions are the tenant's affair. */
export interface ToolDefinition {
  readonly name: string;
  readonly release?: string;
  readonly description?: string;
  /** JSON Schema. */
  readonly inputSchema?: Record<string, unknown>;
  /** JSON Schema. */
  readonly outputSchema?: Record<string, unknown>;
}

const STATES = new StateMachine<Tool, ToolState>('state', {
  enabled: ['disabled', 'deprecated'],
  disabled: ['enabled'],
  deprecated: ['enabled', 'disabled'],
});

const DEFINITION = ['release', 'description', 'input_schema', 'output_schema', 'updated_at'];

/** The tools of a tenant: those that it registered, and those that come with the application. */
export class ToolRepository extends DomainRepository<Tool> {
  protected override readonly movedBy = { state: 'enable, disable or deprecate' };
  constructor(source: DataSource) {
    super(Tool, source);
  }

  /** Adds a tool of the tenant's own. */
  async register(definition: ToolDefinition): Promise<Tool> {
    return this.create(rowOf(definition, false));
  }

  /**
   * Adds the tools that come with the application, or brings them up to date, in one statement. As
   * often as wanted: what the tenant decided about them stays. Answers with those tools; a tool of
   * the tenant's own that has the name of one stays as it is, and is not among them.
   */
  async registerBuiltIns(definitions: readonly ToolDefinition[]): Promise<Tool[]> {
    checkNames(definitions);
    if (definitions.length === 0) return [];
    const { raw } = await this.createQueryBuilder('known')
      .insert()
      .values(definitions.map((definition) => rowOf(definition, true)) as never)
      .orUpdate(DEFINITION, ['name'], {
        indexPredicate: '"deleted_at" IS NULL',
        overwriteCondition: { where: '"known"."built_in"' },
      })
      .returning('*')
      .execute();
    return entitiesFrom<Tool>(this, raw as ObjectLiteral[]);
  }

  findByName(name: string): Promise<Tool | null> {
    return this.findOneBy({ name });
  }

  /** The tool, or RowNotFoundError. */
  async getByName(name: string): Promise<Tool> {
    const tool = await this.findByName(name);
    if (!tool) throw notFound(this.metadata.name);
    return tool;
  }

  enable(id: string): Promise<Tool> {
    return STATES.move(this, id, 'enabled');
  }

  disable(id: string): Promise<Tool> {
    return STATES.move(this, id, 'disabled');
  }

  /** It still runs, and whoever lists the tools sees that it should not be used any more. */
  deprecate(id: string): Promise<Tool> {
    return STATES.move(this, id, 'deprecated');
  }
}

function rowOf(definition: ToolDefinition, builtIn: boolean) {
  const { name, release, description, inputSchema, outputSchema } = checkedObject(
    'definition',
    definition,
  );
  return {
    name,
    release: release ?? '1.0.0',
    description: description ?? null,
    inputSchema: inputSchema ?? {},
    outputSchema: outputSchema ?? {},
    builtIn,
  };
}

function checkNames(definitions: readonly ToolDefinition[]): void {
  const isList = Array.isArray(definitions);
  if (isList && new Set(definitions.map((one) => one?.name)).size === definitions.length) return;
  throw new InvalidInputError({
    problem: isList ? 'Two of the tools have the same name' : 'The tools are no list',
    mend: 'Pass a list of tools, each with a name of its own',
  });
}
