import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { PageQuery, pageOptions } from '../page.query.js';
import { InvoiceChange } from './invoice.change.js';
import { InvoiceInput } from './invoice.input.js';
import { InvoicePageView, InvoiceView } from './invoice.view.js';
import { InvoicesService } from './invoices.service.js';

@ApiTags('invoices')
@Controller('invoices')
export class InvoicesController {
  constructor(private readonly invoices: InvoicesService) {}

  @Get()
  @ApiOkResponse({ type: InvoicePageView })
  async list(@Query() query: PageQuery): Promise<InvoicePageView> {
    return new InvoicePageView(await this.invoices.page(pageOptions(query)));
  }

  @Post()
  @ApiCreatedResponse({ type: InvoiceView })
  async create(@Body() input: InvoiceInput): Promise<InvoiceView> {
    return new InvoiceView(await this.invoices.create(input));
  }

  @Get(':id')
  @ApiOkResponse({ type: InvoiceView })
  async get(@Param('id') id: string): Promise<InvoiceView> {
    return new InvoiceView(await this.invoices.get(id));
  }

  @Patch(':id')
  @ApiOkResponse({ type: InvoiceView })
  async change(@Param('id') id: string, @Body() change: InvoiceChange): Promise<InvoiceView> {
    return new InvoiceView(await this.invoices.change(id, change));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  async remove(@Param('id') id: string): Promise<void> {
    await this.invoices.remove(id);
  }
}
