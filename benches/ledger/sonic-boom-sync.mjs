export { open } from '../emit/sonic-boom-sync.mjs';
