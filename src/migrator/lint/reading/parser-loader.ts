import { ParserMissingError } from '../../../errors/parser-missing.error.js';
import type { SqlParser } from './sql-parser.js';

/** Two megabytes of WebAssembly, so that only those pay who have a migration to judge. */
export class ParserLoader {
  private loading: Promise<SqlParser> | undefined;

  constructor(private readonly read: () => Promise<unknown> = () => import('libpg-query')) {}

  load(): Promise<SqlParser> {
    this.loading ??= this.start().catch((cause: unknown) => {
      this.loading = undefined;
      throw new ParserMissingError({
        problem: 'The parser that migrations are judged with cannot be loaded',
        mend: 'Run npm i libpg-query, or install without --omit=optional where migrations run',
        cause,
      });
    });
    return this.loading;
  }

  private async start(): Promise<SqlParser> {
    const parser = (await this.read()) as SqlParser;
    await parser.loadModule();
    return parser;
  }
}
