/** EventHub with a ledger and no sync, as in the emit benchmark. */
export { open } from '../emit/native.mjs';
