import { IsInt, IsNumber, IsObject, IsOptional, Max, Min, Validate } from 'class-validator';
import { ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';

const LONGEST_MS = 3_600_000;
const LONGEST_S = 31_536_000;
const MOST_BYTES = Number.MAX_SAFE_INTEGER;
const DEFAULT_AGE_HOURS = 26;

/** How old the last backup is, and how old it may be. */
export interface BackupCheck {
  /** When the last backup that can be restored was made; undefined if there is none. */
  readonly lastAt: () => Date | undefined | Promise<Date | undefined>;
  /** Older than this is degraded. Default: 26, a day and some delay. */
  readonly maxAgeHours?: number;
}

@ValidatorConstraint()
class BackupValue implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return false;
    const { lastAt, maxAgeHours = DEFAULT_AGE_HOURS } = value as Partial<BackupCheck>;
    return typeof lastAt === 'function' && typeof maxAgeHours === 'number' && maxAgeHours > 0;
  }
  defaultMessage(): string {
    return 'has to be an object with a function lastAt, and maxAgeHours above 0';
  }
}

/** What is asked, how often, and from where on the answer is 'degraded'. */
export class HealthOptions {
  @IsOptional() @IsInt() @Min(10) @Max(LONGEST_MS) timeoutMs = 1_000;
  @IsOptional() @IsInt() @Min(0) @Max(LONGEST_MS) cacheMs = 1_000;
  @IsOptional() @IsInt() @Min(100) @Max(LONGEST_MS) factsMs = 60_000;
  @IsOptional() @IsInt() @Min(0) @Max(1_000_000) maxWaiting = 10;
  @IsOptional() @IsNumber() @Min(0) @Max(LONGEST_S) longTransactionS = 300;
  @IsOptional() @IsNumber() @Min(0) @Max(LONGEST_S) idleInTransactionS = 60;
  @IsOptional() @IsInt() @Min(0) @Max(MOST_BYTES) maxReplicaLagBytes = 16_777_216;
  @IsOptional() @IsObject() @Validate(BackupValue) backup: BackupCheck | undefined;
}

export function mostHoursOf({ maxAgeHours = DEFAULT_AGE_HOURS }: BackupCheck): number {
  return maxAgeHours;
}
