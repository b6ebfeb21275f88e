import type { Zod3Schema } from './zod-types.js';

/** What of a module of Zod 3 is needed. */
interface Zod3Module {
  ZodType: abstract new (...args: never[]) => unknown;
  getErrorMap(): unknown;
  defaultErrorMap: unknown;
}

/** Those that were found; a process has seldom more than one. */
const modules = new Set<Zod3Module>();
let asked = false;

/**
 * Whether a schema of Zod 3 tells its issues in Zod's own words, or `z.setErrorMap` was called. Which map is set is known to
 * the module of zod alone that made the schema. It is looked for among those that are loaded; where none of them is a
 * CommonJS module, it is imported by its name, which gives the one of the caller if that is the same copy.
 */
export class ZodWords {
  readonly #schema: Zod3Schema;
  #zod: Zod3Module | undefined;
  /** So many modules were looked at. */
  #seen = -1;

  constructor(schema: Zod3Schema) {
    this.#schema = schema;
  }

  /** At this moment. False as well where it cannot be told. */
  get areItsOwn(): boolean {
    if (!this.#zod && this.#seen !== modules.size) this.#look();
    return this.#zod !== undefined && this.#zod.getErrorMap() === this.#zod.defaultErrorMap;
  }

  #look(): void {
    this.#zod = this.#known();
    if (!this.#zod) {
      findLoaded();
      this.#zod = this.#known();
    }
    if (!this.#zod) importOnce();
    this.#seen = modules.size;
  }

  #known(): Zod3Module | undefined {
    return [...modules].find(({ ZodType }) => this.#schema instanceof ZodType);
  }
}

function note(found: Partial<Zod3Module> | undefined): void {
  const { ZodType, getErrorMap, defaultErrorMap } = found ?? {};
  if (typeof ZodType === 'function' && typeof getErrorMap === 'function' && defaultErrorMap)
    modules.add(found as Zod3Module);
}

/** Looks through the CommonJS modules of this process. */
function findLoaded(): void {
  for (const [file, module] of Object.entries(require.cache ?? {}))
    if (/[\\/]v3[\\/]external\.cjs$/.test(file)) note(module?.exports);
}

/** A name that bundlers do not follow: zod is an optional peer. */
const ZOD: string = 'zod/v3';

function importOnce(): void {
  if (asked) return;
  asked = true;
  import(ZOD).then(note, () => undefined);
}
