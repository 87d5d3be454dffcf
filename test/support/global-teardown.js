export default async function globalTeardown() {
  const server = globalThis.rowguardServer;
  globalThis.rowguardServer = undefined;
  await server?.stop();
}
