import type { DataSource } from 'typeorm';
import type { ExecutionStatus } from '../../entities/tools/tool-execution.entity.js';
import type { Tool } from '../../entities/tools/tool.entity.js';
import { AccessDeniedError } from '../../errors/access-denied.error.js';
import { checkedObject } from '../../validation/checked-object.js';
import { checkedWork } from '../checked-input.js';
import { ToolExecutionRepository } from './tool-execution.repository.js';
import { type RolesOfPerson, ToolPermissionRepository } from './tool-permission.repository.js';
import { ToolUsageRepository } from './tool-usage.repository.js';
import { ToolRepository } from './tool.repository.js';

export interface ToolCall extends RolesOfPerson {
  /** The name of the tool. */
  readonly tool: string;
  readonly userId: string;
  readonly input?: Record<string, unknown>;
  /** The call ends as a timeout after this. Default: never. */
  readonly timeoutMs?: number;
  /** Ends the call as cancelled. */
  readonly signal?: AbortSignal;
  /** What the call costs, as text; known before, since a failed call may cost as much. */
  readonly cost?: string;
  readonly currency?: string;
}

export type ToolWork<Output> = (
  input: Record<string, unknown>,
  signal: AbortSignal,
) => Promise<Output>;

interface Outcome {
  readonly status: ExecutionStatus;
  readonly output?: unknown;
  readonly error?: string;
}

const LONGEST_ERROR = 20_000;

/** Calls a tool as the tenant's rules want it: allowed, within the limits, and on record. */
export class ToolRunner {
  private readonly tools: ToolRepository;
  private readonly permissions: ToolPermissionRepository;
  private readonly usage: ToolUsageRepository;
  private readonly executions: ToolExecutionRepository;

  constructor(source: DataSource) {
    this.tools = new ToolRepository(source);
    this.permissions = new ToolPermissionRepository(source);
    this.usage = new ToolUsageRepository(source);
    this.executions = new ToolExecutionRepository(source);
  }

  /**
   * Answers what `work` answers, or fails as it fails; the execution is recorded either way. Not to
   * be called inside a transaction, which would take the record along if it is undone.
   */
  async run<Output>(call: ToolCall, work: ToolWork<Output>): Promise<Output> {
    checkedWork('work', work);
    const tool = await this.tools.getByName(checkedObject('call', call).tool);
    if (tool.state === 'disabled') throw disabled(tool);
    await this.permissions.requireAllowed(tool.id, call.userId, call);
    await this.usage.consume(tool.id, call.userId);
    const startedAt = new Date();
    const record = (outcome: Outcome) => this.record(tool, call, startedAt, outcome);
    const signal = signalOf(call);
    let output: Output;
    try {
      output = await untilAborted(signal, () => work(call.input ?? {}, signal));
    } catch (error) {
      await record({ status: failureOf(signal), error: told(error) });
      throw error;
    }
    await record({ status: 'completed', output: storable(output) });
    return output;
  }

  private async record(
    tool: Tool,
    call: ToolCall,
    startedAt: Date,
    outcome: Outcome,
  ): Promise<void> {
    const { userId, cost, currency } = call;
    await this.executions.record({
      toolId: tool.id,
      userId,
      input: storable(call.input ?? {}) as Record<string, unknown>,
      startedAt,
      ...(cost === undefined ? {} : { cost }),
      ...(currency === undefined ? {} : { currency }),
      ...outcome,
    });
  }
}

function signalOf({ timeoutMs, signal }: ToolCall): AbortSignal {
  const signals = signal ? [signal] : [];
  if (timeoutMs !== undefined) signals.push(AbortSignal.timeout(timeoutMs));
  return AbortSignal.any(signals);
}

/** The work is told to stop; whether it does or not, nobody waits for it any longer. */
async function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const done = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    done.abort();
  }
}

function failureOf(signal: AbortSignal): ExecutionStatus {
  if (!signal.aborted) return 'failed';
  return (signal.reason as Error | undefined)?.name === 'TimeoutError' ? 'timeout' : 'cancelled';
}

/** A record of what happened must not fail because of what it would hold. */
function storable(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null', (_key, one: unknown) =>
      typeof one === 'string' ? storableText(one) : one,
    );
  } catch {
    return null;
  }
}

/** PostgreSQL takes no nul character and no half of a surrogate pair. */
function storableText(text: string): string {
  return Buffer.from(text.replaceAll('\0', '')).toString();
}

function told(error: unknown): string {
  return storableText(error instanceof Error ? error.message : String(error)).slice(
    0,
    LONGEST_ERROR,
  );
}

function disabled(tool: Tool): AccessDeniedError {
  return new AccessDeniedError({
    problem: `The tool ${tool.name} is disabled`,
    mend: 'Enable it, or use another',
    given: { toolId: tool.id, state: tool.state },
  });
}
