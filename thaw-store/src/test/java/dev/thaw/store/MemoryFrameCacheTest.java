package dev.thaw.store;

class MemoryFrameCacheTest extends FrameCacheContract {
    @Override
    protected FrameCache open(int keepFrames, int inUseFrames) {
        return new MemoryFrameCache(
                new DataSize((long) FRAME_BYTES * keepFrames), new DataSize((long) FRAME_BYTES * inUseFrames));
    }
}
