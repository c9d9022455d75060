for (let turns = 0; ; turns++) {}
