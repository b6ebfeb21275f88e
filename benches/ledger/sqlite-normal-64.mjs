/** SQLite by better-sqlite3: write-ahead log, synchronous=NORMAL, a transaction for 64 events. */
import Database from 'better-sqlite3';

const GROUP = 64;

export const open = async (path) => {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.exec('CREATE TABLE ledger (seq INTEGER PRIMARY KEY, line TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO ledger (line) VALUES (?)');
  const insertAll = database.transaction((lines) => {
    for (const line of lines) insert.run(line);
  });
  let group = [];
  const write = () => {
    insertAll(group);
    group = [];
  };
  return {
    emit(event) {
      group.push(JSON.stringify(event));
      if (group.length === GROUP) write();
    },
    settle() {},
    async flush() {
      if (group.length > 0) write();
    },
    async close() {
      database.close();
    },
    /** The table as the file that the others write. */
    read() {
      const table = new Database(path, { readonly: true });
      const lines = table.prepare('SELECT line FROM ledger ORDER BY seq').pluck().all();
      table.close();
      return Buffer.from(lines.map((line) => `${line}\n`).join(''));
    },
  };
};
