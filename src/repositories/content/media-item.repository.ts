import type { DataSource } from 'typeorm';
import { MediaItem, type MediaState } from '../../entities/content/media-item.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository, type RowChanges } from '../domain.repository.js';
import { checkedLimit } from '../../validation/page-limit.js';
import { StateMachine } from '../state-machine.js';

/** What is known of a file once it can be played. */
export interface ReadyMedia {
  readonly durationSeconds: number;
  readonly width?: number;
  readonly height?: number;
  readonly hlsMasterPlaylistKey?: string;
  readonly thumbnailKey?: string;
  /** Default: as it was told before, or now. */
  readonly uploadedAt?: Date;
}

const STATES = new StateMachine<MediaItem, MediaState>('status', {
  uploading: ['uploaded', 'transcoding', 'ready', 'failed'],
  uploaded: ['transcoding', 'ready', 'failed'],
  transcoding: ['ready', 'failed'],
  ready: ['transcoding'],
  failed: ['uploading', 'transcoding'],
});

const UPLOADED_BEFORE_OR_NOW = () => 'coalesce("uploaded_at", now())';

/** Files from their upload until they can be played. */
export class MediaItemRepository extends DomainRepository<MediaItem> {
  protected override readonly movedBy = {
    status: 'markUploaded, markTranscoding, markReady or markFailed',
  };
  constructor(source: DataSource) {
    super(MediaItem, source);
  }

  /** The upload is complete; `fileSizeBytes` where the store knows better than who announced it. */
  async markUploaded(
    id: string,
    told: { readonly fileSizeBytes?: number; readonly uploadedAt?: Date } = {},
  ): Promise<MediaItem> {
    const { fileSizeBytes, uploadedAt = new Date() } = checkedObject('told', told);
    const size = fileSizeBytes === undefined ? {} : { fileSizeBytes };
    return STATES.move(this, id, 'uploaded', { ...size, uploadedAt });
  }

  markTranscoding(id: string): Promise<MediaItem> {
    const changes = { uploadedAt: UPLOADED_BEFORE_OR_NOW, failureReason: null };
    return STATES.move(this, id, 'transcoding', changes);
  }

  /** Can be played from now on. A video needs its playlist and its size as well. */
  async markReady(id: string, told: ReadyMedia): Promise<MediaItem> {
    const { durationSeconds, uploadedAt } = told ?? {};
    if (!Number.isFinite(durationSeconds)) {
      throw new InvalidInputError({
        problem: 'The duration of a ready media item is missing',
        mend: 'Pass { durationSeconds }, and of a video hlsMasterPlaylistKey, width and height as well',
      });
    }
    const changes: RowChanges<MediaItem> = {
      ...given(told),
      durationSeconds,
      uploadedAt: uploadedAt ?? UPLOADED_BEFORE_OR_NOW,
      failureReason: null,
    };
    return STATES.move(this, id, 'ready', changes);
  }

  markFailed(id: string, reason: string): Promise<MediaItem> {
    return STATES.move(this, id, 'failed', { failureReason: reason });
  }

  /** Uploads once more what failed. */
  retryUpload(id: string): Promise<MediaItem> {
    return STATES.move(this, id, 'uploading', { failureReason: null, uploadedAt: null });
  }

  /** What a creator can publish, the latest first. */
  async findReady(creatorId: string, limit?: number): Promise<MediaItem[]> {
    return this.find({
      where: { creatorId, status: 'ready' },
      order: { id: 'DESC' },
      take: checkedLimit(limit),
    });
  }

  /** Work for a transcoder, the oldest first. */
  async findByStatus(status: MediaState, limit?: number): Promise<MediaItem[]> {
    return this.find({ where: { status }, order: { id: 'ASC' }, take: checkedLimit(limit) });
  }
}

/** Only what a ready file is known by: a caller's object may hold more. */
function given(told: ReadyMedia): Partial<ReadyMedia> {
  const { width, height, hlsMasterPlaylistKey, thumbnailKey } = told;
  const named = { width, height, hlsMasterPlaylistKey, thumbnailKey };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}
