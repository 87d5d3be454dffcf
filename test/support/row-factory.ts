export { type Cells, encoded } from '../../src/testing/factories/encoded-cells.js';
export { RowFactory } from '../../src/testing/factories/row-factory.js';
export { quoteName as quoted } from '../../src/schema/sql.js';
