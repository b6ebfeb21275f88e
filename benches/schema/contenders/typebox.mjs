/** TypeBox with its compiler: a verdict about the object itself, no copy; the first error. */
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { parsing } from '../parsing.mjs';
import { EVENT_TYPE, MANIFEST_TYPE } from '../typebox-schemas.mjs';

export const open = (kind) => {
  const compiled = TypeCompiler.Compile(kind === 'event' ? EVENT_TYPE : MANIFEST_TYPE);
  const contender = {
    copies: false,
    parse: (value) => compiled.Check(value),
    accepts: (value) => compiled.Check(value),
    errorsOf: (value) => [compiled.Errors(value).First()],
    pathOf: (error) => error.path.slice(1).replaceAll('/', '.'),
  };
  return { ...contender, ...parsing(contender) };
};
