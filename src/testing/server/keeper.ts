/**
 * The program of the process that owns the server: it ends the server when no process is left that
 * uses it, however those have ended, and leaves nothing behind. As text, because it has to run
 * where neither this package nor a compiler can be found.
 */
export const KEEPER = `
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { directory, lock, binary, parameters, user, env } = JSON.parse(process.argv[1]);
const users = path.join(directory, 'users');
const log = fs.openSync(path.join(directory, 'server.log'), 'a');
const server = spawn(binary, parameters, { ...user, cwd: directory, env, stdio: ['ignore', log, log] });
let emptySince = Date.now() + 60000;
let ending = false;
server.on('error', () => process.exit(1));
server.on('exit', () => {
  if (ending) fs.rmSync(directory, { recursive: true, force: true });
  if (ending) fs.rmSync(lock, { force: true });
  process.exit(0);
});
const isAlive = (pid) => {
  try { process.kill(pid, 0); return true; } catch (error) { return error.code === 'EPERM'; }
};
const inUse = () => {
  let count = 0;
  for (const name of fs.readdirSync(users)) {
    if (isAlive(parseInt(name, 10))) count++;
    else fs.rmSync(path.join(users, name), { force: true });
  }
  return count > 0 || fs.existsSync(path.join(directory, 'kept'));
};
const look = () => {
  if (ending) return;
  try {
    if (inUse()) { emptySince = Date.now(); return; }
    if (Date.now() - emptySince < 1500) return;
    fs.writeFileSync(lock, String(process.pid), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (error.code === 'EEXIST') return;
  }
  let used = false;
  try { used = inUse(); } catch {}
  if (used) { fs.rmSync(lock, { force: true }); return; }
  ending = true;
  server.kill('SIGINT');
};
setInterval(look, 300);
`;
