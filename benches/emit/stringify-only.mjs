/** The floor: makes the line, gives it to nobody. */
export const open = async () => {
  let characters = 0;
  return {
    emit(event) {
      characters += JSON.stringify(event).length;
    },
    settle() {},
    async flush() {},
    async close() {},
    assertOutput(lines, count) {
      let wanted = 0;
      for (let i = 0; i < count; i += 1) wanted += lines[i % lines.length].length;
      if (characters !== wanted) throw new Error(`made ${characters} characters of ${wanted}`);
    },
  };
};
