import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { InjectTenantRepository, type TenantRepository } from 'nestjs-rowguard';
import { PageQuery, pageOptions } from '../page.query.js';
import { Customer } from './customer.entity.js';
import { CustomerPageView } from './customer.view.js';

@ApiTags('customers')
@Controller('customers')
export class CustomersController {
  constructor(
    @InjectTenantRepository(Customer) private readonly customers: TenantRepository<Customer>,
  ) {}

  @Get()
  @ApiOkResponse({ type: CustomerPageView })
  async list(@Query() query: PageQuery): Promise<CustomerPageView> {
    return new CustomerPageView(await this.customers.findPage(pageOptions(query)));
  }
}
