import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RequestHandler } from 'express';
import { type ArtifactRef, NotFoundError } from '../../types/index.js';
import { pathParam, queryInteger, queryText, queryTime } from './params.js';

const MAX_PAGE_SIZE = 1_000;

export function artifactRoutes(
  artifacts: ReadonlyMap<string, ArtifactRef>,
): Record<'list' | 'read', RequestHandler> {
  const list: RequestHandler = (req, res) => {
    const kind = queryText(req, 'kind');
    const afterMs = queryTime(req, 'createdAfter') ?? Number.NEGATIVE_INFINITY;
    const beforeMs = queryTime(req, 'createdBefore') ?? Number.POSITIVE_INFINITY;
    const limit = queryInteger(req, 'limit', { fallback: 50, min: 1, max: MAX_PAGE_SIZE });
    const offset = queryInteger(req, 'offset', { fallback: 0, min: 0, max: Number.MAX_SAFE_INTEGER });

    const found = [...artifacts.values()].filter((artifact) => {
      const createdMs = Date.parse(artifact.createdAt);
      return (!kind || artifact.kind === kind) && createdMs >= afterMs && createdMs <= beforeMs;
    });
    res.json({
      artifacts: found.slice(offset, offset + limit),
      total: found.length,
      hasMore: offset + limit < found.length,
      page: Math.floor(offset / limit) + 1,
      pageSize: limit,
    });
  };

  const read: RequestHandler = async (req, res) => {
    const artifact = artifacts.get(pathParam(req, 'id'));
    if (!artifact) throw new NotFoundError('Artifact');
    const content = await readFile(artifact.path).catch(() => {
      throw new NotFoundError('Artifact');
    });
    // RFC 3230: the algorithm and the value are joined by an equals sign.
    res.setHeader('Digest', `sha-256=${createHash('sha256').update(content).digest('base64')}`);
    res.setHeader('ETag', `"${artifact.digest}"`);
    res.setHeader('Content-Type', 'application/octet-stream');
    res.send(content);
  };

  return { list, read };
}
