"""登记备份: units say yearly how their archives stand, and give what matters into safe keeping apart from the holdings."""
