interface DemoCustomer {
  readonly name: string;
  readonly email: string;
  readonly invoices: readonly { readonly number: string; readonly total: string }[];
}

export interface DemoTenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly customers: readonly DemoCustomer[];
}

/** Both have an invoice INV-1001: a number is unique within its tenant only. */
export const DEMO_TENANTS: readonly DemoTenant[] = [
  {
    id: '0190a000-0000-7000-8000-00000000000a',
    slug: 'acme',
    name: 'Acme Corporation',
    customers: [
      {
        name: 'Hooli',
        email: 'accounts@hooli.example',
        invoices: [
          { number: 'INV-1001', total: '1200.00' },
          { number: 'INV-1002', total: '340.50' },
        ],
      },
      {
        name: 'Umbrella',
        email: 'billing@umbrella.example',
        invoices: [{ number: 'INV-1003', total: '75.25' }],
      },
    ],
  },
  {
    id: '0190b000-0000-7000-8000-00000000000b',
    slug: 'globex',
    name: 'Globex',
    customers: [
      {
        name: 'Initech',
        email: 'accounts@initech.example',
        invoices: [
          { number: 'INV-1001', total: '9999.99' },
          { number: 'INV-1002', total: '1.00' },
        ],
      },
    ],
  },
];
