setTimeout(() => {}, 3600_000);
