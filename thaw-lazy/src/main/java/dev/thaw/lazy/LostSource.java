package dev.thaw.lazy;

import java.io.IOException;

/** Stands for an image that an earlier daemon served and this one does not have: who still reads it gets I/O errors instead of waiting for ever. */
record LostSource(long sizeBytes) implements ImageSource {
    @Override
    public void read(long offset, int length, ReadAnswer answer) {
        answer.failed(new IOException("the image is not there any more"));
    }

    @Override
    public void close() {}
}
