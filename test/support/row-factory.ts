export { type Cells, RowFactory, encoded } from '../../src/testing/factories/row-factory.js';
export { quoteName as quoted } from '../../src/schema/sql.js';
