/** SQLite by better-sqlite3: write-ahead log, synchronous=FULL, one transaction per event, on the main thread. */
import Database from 'better-sqlite3';

export const open = async (path) => {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE ledger (seq INTEGER PRIMARY KEY, line TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO ledger (line) VALUES (?)');
  return {
    append(event) {
      insert.run(JSON.stringify(event));
    },
    async close() {
      database.close();
    },
  };
};

/** The table as the file that the others write. */
export function read(path) {
  const database = new Database(path, { readonly: true });
  const lines = database.prepare('SELECT line FROM ledger ORDER BY seq').pluck().all();
  database.close();
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}
