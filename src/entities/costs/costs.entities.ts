import { CostRecord } from './cost-record.entity.js';

export const COSTS_ENTITIES: readonly Function[] = [CostRecord];
