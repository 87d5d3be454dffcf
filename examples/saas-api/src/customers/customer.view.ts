import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { KeysetPage } from 'nestjs-rowguard';
import type { Customer } from './customer.entity.js';

/** A customer as the API shows it. */
export class CustomerView {
  @ApiProperty({ format: 'uuid' })
  readonly id: string;

  @ApiProperty({ example: 'Hooli' })
  readonly name: string;

  @ApiProperty({ example: 'accounts@hooli.example' })
  readonly email: string;

  constructor(customer: Customer) {
    this.id = customer.id;
    this.name = customer.name;
    this.email = customer.email;
  }
}

export class CustomerPageView {
  @ApiProperty({ type: [CustomerView] })
  readonly items: CustomerView[];

  @ApiPropertyOptional({ type: String, description: 'Pass it as `after` for the next page' })
  readonly next: string | undefined;

  constructor(page: KeysetPage<Customer>) {
    this.items = page.items.map((customer) => new CustomerView(customer));
    this.next = page.next;
  }
}
