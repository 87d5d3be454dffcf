import { Module } from '@nestjs/common';
import { DatabaseModule } from 'nestjs-rowguard';
import { Invoice } from './invoice.entity.js';
import { InvoicesController } from './invoices.controller.js';
import { InvoicesService } from './invoices.service.js';

const feature = DatabaseModule.forFeature([Invoice]);

@Module({
  imports: [feature],
  controllers: [InvoicesController],
  providers: [InvoicesService],
  exports: [feature],
})
export class InvoicesModule {}
