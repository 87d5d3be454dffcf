import {
  Body,
  Controller,
  Delete,
  Get,
  type INestApplication,
  type ModuleMetadata,
  Param,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import { Test } from '@nestjs/testing';
import { Length } from 'class-validator';
import {
  ContentRepository,
  DatabaseErrorFilter,
  DatabaseModule,
  InjectTenantRepository,
  JobRepository,
  type JobManifest,
  Membership,
  type NewRow,
  type RowChanges,
  Study,
  StudyRepository,
  type StudyState,
  TenantEntity,
  TenantManyToOne,
  TenantRepository,
  UniqueActive,
} from 'nestjs-rowguard';
import { Column, Entity } from 'typeorm';
import { settle } from '../support/shipped-source.js';

const nothing = (): void => undefined;

/** A table of the application's own that refers to one of the shipped schema. */
@Entity({ name: 'bookmarks' })
export class Bookmark extends TenantEntity {
  @UniqueActive()
  @Length(2, 80)
  @Column({ type: 'text' })
  label!: string;

  @TenantManyToOne(() => Membership, { nullable: false, onDelete: 'RESTRICT' })
  owner!: Membership;

  ownerId!: string;
}

@Controller('studies')
export class StudiesController {
  constructor(
    private readonly studies: StudyRepository,
    private readonly jobs: JobRepository,
    @InjectTenantRepository(Study) private readonly plain: TenantRepository<Study>,
  ) {}

  @Get()
  list() {
    return this.studies.findPage({ limit: 100 });
  }

  @Get('count')
  async count() {
    return { count: await this.plain.count() };
  }

  @Get(':id')
  get(@Param('id') id: string) {
    return this.studies.getById(id);
  }

  @Post()
  create(@Body() body: NewRow<Study>) {
    return this.studies.create(body);
  }

  @Patch(':id')
  change(@Param('id') id: string, @Body() body: RowChanges<Study>) {
    return this.studies.update(id, body);
  }

  @Post(':id/state')
  move(@Param('id') id: string, @Query('to') to: StudyState) {
    return this.studies.updateState(id, to);
  }

  @Delete(':id')
  delete(@Param('id') id: string) {
    return this.studies.delete(id);
  }

  @Post(':id/restore')
  restore(@Param('id') id: string) {
    return this.studies.restore(id);
  }

  @Get(':id/jobs')
  jobsOf(@Param('id') id: string) {
    return this.jobs.findByStudyId(id);
  }

  @Post(':id/jobs')
  addJobs(@Param('id') id: string, @Body() manifest: JobManifest) {
    return this.jobs.createFromManifest(id, manifest);
  }
}

@Controller('bookmarks')
export class BookmarksController {
  constructor(
    @InjectTenantRepository(Bookmark) private readonly bookmarks: TenantRepository<Bookmark>,
  ) {}

  @Get()
  list() {
    return this.bookmarks.find({ relations: { owner: true } });
  }

  @Post()
  add(@Body() body: NewRow<Bookmark>) {
    return this.bookmarks.save(this.bookmarks.create(body));
  }
}

/** Of a domain that this application has not installed. */
@Controller('content')
export class ContentController {
  constructor(private readonly content: ContentRepository) {}

  @Get()
  list() {
    return this.content.search();
  }
}

/** The application on whatever database its root names, with two tenants in it. */
export async function createStudiesApp(
  roots: NonNullable<ModuleMetadata['imports']>,
): Promise<INestApplication> {
  const module = await Test.createTestingModule({
    imports: [...roots, DatabaseModule.forFeature([Bookmark, Study])],
    controllers: [StudiesController, BookmarksController, ContentController],
    providers: [{ provide: APP_FILTER, useClass: DatabaseErrorFilter }],
  })
    .setLogger({ log: nothing, error: nothing, warn: nothing })
    .compile();
  const app = module.createNestApplication();
  await settle(app.get(getDataSourceToken()));
  return app;
}
