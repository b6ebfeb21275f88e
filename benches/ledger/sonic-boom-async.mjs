export { open } from '../emit/sonic-boom-async.mjs';
