import type pg from 'pg';
import type { RowguardDataSource } from 'nestjs-rowguard';

export function openDepot(url: string): RowguardDataSource;
export function fillDepot(client: pg.Client, depots: number): Promise<void>;
