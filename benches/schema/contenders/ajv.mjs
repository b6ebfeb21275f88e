/** ajv 8 with ajv-formats: a verdict about the object itself, no copy; the first error. */
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { EVENT_SCHEMA, MANIFEST_SCHEMA } from '../json-schemas.mjs';
import { parsing } from '../parsing.mjs';

export const open = (kind) => {
  const ajv = new Ajv.default();
  addFormats.default(ajv);
  const validate = ajv.compile(kind === 'event' ? EVENT_SCHEMA : MANIFEST_SCHEMA);
  const contender = {
    copies: false,
    parse: (value) => validate(value),
    accepts: (value) => validate(value),
    errorsOf: (value) => (validate(value) ? [] : validate.errors),
    pathOf: (error) => error.params.missingProperty ?? error.instancePath.slice(1).replaceAll('/', '.'),
  };
  return { ...contender, ...parsing(contender) };
};
