import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CortexError } from '../../errors.js';
import { native } from '../../native.js';
import { type Command, CommandError, type Terminal } from '../command.js';

const USAGE = `Usage: cortex-native policy <list|check|bust> [id ...] [options]

  list          the grants, one per line: id, revision, tool, limit, actions
  check [id]    reads grants as a server would and says what is wrong; exit code 1 if anything is
  bust [id]     makes every process that uses the directory read its grants again

Options:
  --directory <path>  where the grants lie; default .cortex/policy/tools
  --lenient           accept grants that others may write to
  --json              one JSON object per line`;

interface Options {
  directory: string;
  strict: boolean;
  json: boolean;
}

/** `cortex-native policy`: looks at grants the way the engine does. */
export const policy: Command = {
  summary: 'list, check and bust grants',
  usage: USAGE,
  async run(args, terminal) {
    const { positionals, options } = parse(args);
    const [action, ...ids] = positionals;
    try {
      if (action === 'list') return await list(options, terminal);
      if (action === 'check') return await check(options, ids, terminal);
      if (action === 'bust') return bust(options, ids, terminal);
    } catch (error) {
      if (error instanceof CortexError) throw new CommandError(error.message);
      throw error;
    }
    throw new CommandError(`policy wants list, check or bust${action ? `, not "${action}"` : ''}`, 2);
  },
};

function parse(args: readonly string[]): { positionals: string[]; options: Options } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        directory: { type: 'string', default: join('.cortex', 'policy', 'tools') },
        lenient: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const options = { directory: resolve(values.directory), strict: !values.lenient, json: values.json };
    return { positionals, options };
  } catch (error) {
    throw new CommandError((error as Error).message, 2);
  }
}

interface Read {
  id: string;
  ok: boolean;
  revision?: string;
  grant?: { tool: string; actions: string[]; rate: { perMinute: number }; fsScope: string[] };
  code?: string;
  reason?: string;
}

async function read(id: string, { directory, strict }: Options): Promise<Read> {
  try {
    const { json, revision } = await native.grantLoad(directory, id, strict);
    const grant = JSON.parse(json) as NonNullable<Read['grant']>;
    native.scopeClose(native.scopeOpen(process.cwd(), grant.fsScope));
    return { id, ok: true, revision, grant };
  } catch (error) {
    if (!(error instanceof CortexError)) throw error;
    return { id, ok: false, code: error.code, reason: error.message };
  }
}

async function list(options: Options, terminal: Terminal): Promise<number> {
  for (const id of await native.grantList(options.directory)) {
    const found = await read(id, options);
    const { grant } = found;
    if (options.json) terminal.out(JSON.stringify(found));
    else if (grant)
      terminal.out(
        `${id}  ${found.revision}  ${grant.tool}  ${grant.rate.perMinute}/min  ${grant.actions.join(',')}`,
      );
    else terminal.out(`${id}  ${found.code}  ${found.reason}`);
  }
  return 0;
}

async function check(options: Options, ids: readonly string[], terminal: Terminal): Promise<number> {
  const wanted = ids.length > 0 ? ids : await native.grantList(options.directory);
  let bad = 0;
  for (const id of wanted) {
    const found = await read(id, options);
    if (!found.ok) bad += 1;
    if (options.json) terminal.out(JSON.stringify(found));
    else terminal.out(found.ok ? `ok   ${id}` : `bad  ${id}: ${found.reason} (${found.code})`);
  }
  if (!options.json) terminal.out(`${wanted.length - bad} of ${wanted.length} grants can be used`);
  return bad > 0 ? 1 : 0;
}

function bust(options: Options, ids: readonly string[], terminal: Terminal): number {
  for (const id of ids) native.grantCheckId(id);
  const handle = native.revisionOpen(join(options.directory, '.revision'));
  const revision = native.revisionRaise(handle);
  native.revisionClose(handle);
  terminal.out(options.json ? JSON.stringify({ revision }) : `revision ${revision}: grants are read again`);
  return 0;
}
