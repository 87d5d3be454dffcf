import { Module } from '@nestjs/common';
import { DatabaseModule } from 'nestjs-rowguard';
import { Customer } from './customer.entity.js';
import { CustomersController } from './customers.controller.js';

const feature = DatabaseModule.forFeature([Customer]);

@Module({
  imports: [feature],
  controllers: [CustomersController],
  exports: [feature],
})
export class CustomersModule {}
