import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { NotFoundError, type Profile, ProfileSchema, ValidationError } from '../../types/index.js';
import { bodyFields } from '../middleware/body.js';
import { BoundedMap } from '../state/bounded-map.js';
import { pathParam } from './params.js';

export function profileRoutes(maxProfiles: number): Record<'create' | 'read' | 'replace', RequestHandler> {
  const profiles = new BoundedMap<string, Profile>(maxProfiles);

  const create: RequestHandler = (req, res) => {
    const profile = parseProfile(req, randomUUID());
    profiles.set(profile.id, profile);
    res.json({ profile });
  };

  /** The bare profile, unlike the other two: as callers know it. */
  const read: RequestHandler = (req, res) => {
    const profile = profiles.get(pathParam(req, 'id'));
    if (!profile) throw new NotFoundError('Profile');
    res.json(profile);
  };

  const replace: RequestHandler = (req, res) => {
    const id = pathParam(req, 'id');
    if (!profiles.has(id)) throw new NotFoundError('Profile');
    const profile = parseProfile(req, id);
    profiles.set(id, profile);
    res.json({ profile });
  };

  return { create, read, replace };
}

function parseProfile(req: Request, id: string): Profile {
  const { profile } = bodyFields(req);
  const parsed = ProfileSchema.safeParse({ ...(profile as object), id });
  if (!parsed.success) throw new ValidationError('Invalid profile', { errors: parsed.error.issues });
  return parsed.data;
}
