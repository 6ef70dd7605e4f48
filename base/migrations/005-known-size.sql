-- Is a file that is to be imported known? Its size is asked for first, before it is read.
CREATE INDEX segment_by_size ON segment (original_bytes);
