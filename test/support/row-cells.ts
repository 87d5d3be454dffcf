export { cellsFor } from '../../src/testing/factories/row-cells.js';
