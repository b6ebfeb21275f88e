/**
 * The order of the contenders in one round. Each round starts with the next contender, and every second round goes
 * backwards: nobody is always first on a cold machine, and nobody always inherits the dirty pages of the same
 * neighbour.
 */
export function rotated(contenders, round) {
  const count = contenders.length;
  const step = round % 2 === 0 ? 1 : -1;
  return contenders.map((_, place) => contenders[(((round + step * place) % count) + count) % count]);
}
