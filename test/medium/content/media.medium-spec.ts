import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext, isCheckViolation } from 'nestjs-rowguard';
import { caught } from '../../support/caught.js';
import { ContentDesk } from '../../support/content-desk.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import { ANNA, GUSTAV, type ShippedSource, openShipped } from '../../support/shipped-source.js';

const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);

const PLAYABLE = {
  durationSeconds: 120,
  width: 1920,
  height: 1080,
  hlsMasterPlaylistKey: 'hls/1/master.m3u8',
  thumbnailKey: 'thumbnails/1/thumb.jpg',
};

describe('media items', () => {
  let shipped: ShippedSource;
  let desk: ContentDesk;

  beforeAll(async () => {
    shipped = await openShipped(['content']);
    desk = new ContentDesk(shipped.source);
  });
  afterAll(() => shipped.close());

  it('go from upload to ready, step by step', async () => {
    await as(ACME, async () => {
      const { id } = await desk.video();

      const uploaded = await desk.media.markUploaded(id, { fileSizeBytes: 5_000_000_000 });
      expect(uploaded).toMatchObject({ status: 'uploaded', fileSizeBytes: 5_000_000_000 });
      await desk.media.markTranscoding(id);
      const ready = await desk.media.markReady(id, PLAYABLE);

      expect(ready).toMatchObject({
        ...PLAYABLE,
        status: 'ready',
        uploadedAt: uploaded.uploadedAt,
      });
    });
  });

  it('become ready at once where the processing tells of the upload as well', async () => {
    await as(ACME, async () => {
      const { id } = await desk.video();
      const uploadedAt = new Date('2026-01-02T03:04:05.678Z');

      expect(await desk.media.markReady(id, { ...PLAYABLE, uploadedAt })).toMatchObject({
        status: 'ready',
        uploadedAt,
      });
    });
  });

  it('that are ready are found for their creator, and for no one else', async () => {
    const id = await as(ACME, async () => {
      const ready = await desk.video();
      await desk.video();
      await desk.media.markReady(ready.id, PLAYABLE);
      return ready.id;
    });

    const found = await as(ACME, () => desk.media.findReady(ANNA));
    expect(found.map((item) => item.id)).toContain(id);
    expect(found.every((item) => item.status === 'ready')).toBe(true);
    await expect(as(ACME, () => desk.media.findReady(GUSTAV))).resolves.toEqual([]);
    await expect(as(GLOBEX, () => desk.media.findReady(ANNA))).resolves.toEqual([]);
    await expect(as(GLOBEX, () => desk.media.markFailed(id, 'x'))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
  });

  it('that failed say why, and are uploaded once more', async () => {
    await as(ACME, async () => {
      const { id } = await desk.video();
      await desk.media.markUploaded(id);

      expect(await desk.media.markFailed(id, 'codec unknown')).toMatchObject({
        failureReason: 'codec unknown',
      });
      await expect(desk.media.markReady(id, PLAYABLE)).rejects.toMatchObject({
        code: 'ROWGUARD_TRANSITION_REFUSED',
      });
      expect(await desk.media.retryUpload(id)).toMatchObject({
        status: 'uploading',
        failureReason: null,
        uploadedAt: null,
      });
    });
  });

  it('of sound alone need no playlist and no size to be ready', async () => {
    await as(ACME, async () => {
      const { id } = await desk.video({ mediaType: 'audio', mimeType: 'audio/mpeg' });

      expect(await desk.media.markReady(id, { durationSeconds: 61.5 })).toMatchObject({
        status: 'ready',
        durationSeconds: 61.5,
        hlsMasterPlaylistKey: null,
      });
    });
  });

  it('that are videos are not ready without playlist and size, in the database itself', async () => {
    await as(ACME, async () => {
      const { id } = await desk.video();

      const error = await caught(desk.media.markReady(id, { durationSeconds: 120 }));
      expect(isCheckViolation(error)).toBe(true);
      expect(await desk.media.getById(id)).toMatchObject({ status: 'uploading' });
    });
  });

  it('refuse to be ready without a duration, and a kind that there is not', async () => {
    await as(ACME, async () => {
      const { id } = await desk.video();

      await expect(desk.media.markReady(id, {} as never)).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      });
      await expect(desk.video({ mediaType: 'smell' as never })).rejects.toThrow();
      await expect(desk.media.findReady(ANNA, 0)).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      });
    });
  });
});
