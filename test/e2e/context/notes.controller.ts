import { setTimeout as sleep } from 'node:timers/promises';
import {
  Controller,
  Get,
  type MessageEvent,
  type PipeTransform,
  Injectable,
  Param,
  Sse,
  StreamableFile,
} from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { Readable } from 'node:stream';
import { type Observable, concatMap, interval, map, take } from 'rxjs';
import { Repository } from 'typeorm';
import {
  InjectTenantRepository,
  RowguardDataSource,
  TenantContext,
  TenantRepository,
  Tenantless,
} from 'nestjs-rowguard';
import { Country } from '../../support/shop.js';
import { Note } from './notes.js';

const MOST_DELAY_MS = 8;

export interface Binding {
  readonly tenant: string;
  readonly actor: string;
  readonly request: string;
}

/** Looks a row up before the handler runs, as many applications do. */
@Injectable()
export class NoteByBodyPipe implements PipeTransform<string, Promise<Note | null>> {
  constructor(@InjectTenantRepository(Note) private readonly notes: TenantRepository<Note>) {}

  transform(body: string): Promise<Note | null> {
    return this.notes.findOneBy({ body });
  }
}

@Controller()
export class NotesController {
  constructor(
    @InjectTenantRepository(Note) private readonly notes: TenantRepository<Note>,
    @InjectRepository(Note) private readonly plain: Repository<Note>,
    @InjectRepository(Country) private readonly countries: Repository<Country>,
    @InjectDataSource() private readonly source: RowguardDataSource,
  ) {}

  @Get('notes')
  async list(): Promise<string[]> {
    return bodiesOf(await this.notes.find());
  }

  /** Which tenant the database itself believes in. */
  @Get('binding')
  async binding(): Promise<Binding | undefined> {
    const rows = await this.source.query<Binding[]>(
      `select current_setting('rowguard.tenant_id') as tenant,
         current_setting('rowguard.actor_id') as actor,
         current_setting('rowguard.request_id') as request`,
    );
    return rows[0];
  }

  @Get('by-body/:body')
  byBody(@Param('body', NoteByBodyPipe) note: Note | null): { found: boolean } {
    return { found: note !== null };
  }

  /** Many steps with pauses in between, so that requests of different tenants get mixed in time. */
  @Get('busy')
  async busy(): Promise<string[]> {
    const seen = [TenantContext.require().tenantId];
    const pause = () => sleep(Math.random() * MOST_DELAY_MS);
    await pause();
    seen.push(...(await this.notes.find()).map((note) => note.tenantId));
    await pause();
    await this.notes.transaction(async () => {
      const note = await this.notes.save({ body: `busy note of ${seen[0]}` });
      await pause();
      seen.push(note.tenantId, ...(await this.plain.find()).map((one) => one.tenantId));
      await this.notes.hardDelete(note.id);
    });
    await pause();
    const raw = await this.source.query<{ tenant_id: string }[]>('select tenant_id from notes');
    return [...seen, ...raw.map((row) => row.tenant_id), TenantContext.require().tenantId];
  }

  @Get('countries')
  @Tenantless('the list of countries is public')
  async shared(): Promise<string[]> {
    return (await this.countries.find()).map((country) => country.code);
  }

  @Get('wrongly-tenantless')
  @Tenantless('somebody was mistaken here')
  wronglyTenantless(): Promise<Note[]> {
    return this.notes.find();
  }

  @Get('wrongly-tenantless-sql')
  @Tenantless('somebody was mistaken here, in SQL')
  wronglyTenantlessSql(): Promise<unknown> {
    return this.source.query('select * from notes');
  }

  /** Asks the database while the client is reading already. */
  @Get('file')
  file(): StreamableFile {
    const notes = this.notes;
    async function* lines(): AsyncGenerator<string> {
      for (let at = 0; at < 3; at++) {
        await sleep(1);
        const [note] = await notes.find({ order: { body: 'ASC' }, skip: at, take: 1 });
        yield `${note?.body}\n`;
      }
    }
    return new StreamableFile(Readable.from(lines()));
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    return interval(2).pipe(
      take(3),
      concatMap((skip) => this.notes.find({ order: { body: 'ASC' }, skip, take: 1 })),
      map(([note]) => ({ data: note?.body ?? 'none' })),
    );
  }
}

function bodiesOf(notes: readonly Note[]): string[] {
  return notes.map((note) => note.body).sort();
}
