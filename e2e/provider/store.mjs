// What the provider remembers, in memory, in a form that the admin port can look into.
// It has the seven methods that oidc-provider asks of an adapter.

const records = new Map(); // "Model:id" → payload

export class Store {
  constructor(model) {
    this.model = model;
  }

  #key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    records.set(this.#key(id), payload);
  }

  async find(id) {
    return records.get(this.#key(id));
  }

  async findByUid(uid) {
    return find((model, payload) => model === this.model && payload.uid === uid);
  }

  async findByUserCode(code) {
    return find((model, payload) => model === this.model && payload.userCode === code);
  }

  async consume(id) {
    records.get(this.#key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    records.delete(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    for (const [key, payload] of records) {
      if (key.startsWith(`${this.model}:`) && payload.grantId === grantId) records.delete(key);
    }
  }
}

function find(match) {
  for (const [key, payload] of records) {
    if (match(key.slice(0, key.indexOf(':')), payload)) return payload;
  }
  return undefined;
}

// refreshToken says what became of one: "live", "used" (rotated away) or "gone" (revoked, or never known).
export function refreshToken(value) {
  const payload = records.get(`RefreshToken:${value}`);
  if (!payload) return 'gone';
  return payload.consumed ? 'used' : 'live';
}

// grants lists who has a grant, and how many of its refresh tokens still work.
export function grants() {
  const tokens = [...records].filter(([key]) => key.startsWith('RefreshToken:')).map(([, payload]) => payload);
  return [...records]
    .filter(([key]) => key.startsWith('Grant:'))
    .map(([, grant]) => ({
      account: grant.accountId,
      client_id: grant.clientId,
      live_refresh_tokens: tokens.filter((t) => t.grantId === grant.jti && !t.consumed).length,
    }));
}
