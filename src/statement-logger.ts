import {
  AdvancedConsoleLogger,
  type LogMessage,
  type PrepareLogMessagesOptions,
  type QueryRunner,
} from 'typeorm';

/** TypeORM's logger, but for the values: what is masked in the audit log is among them. */
export class StatementLogger extends AdvancedConsoleLogger {
  protected override prepareLogMessages(
    logged: LogMessage | string | number | (LogMessage | string | number)[],
    options?: Partial<PrepareLogMessagesOptions>,
    runner?: QueryRunner,
  ): LogMessage[] {
    return super.prepareLogMessages(
      logged,
      { ...options, appendParameterAsComment: false },
      runner,
    );
  }
}
